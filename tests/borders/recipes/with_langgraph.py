"""LangGraph is the one retry policy; the id of a message is in the state, so each run of the node has the same key."""

from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import RetryPolicy

from octamem import OctaMem, OctaMemError

client = OctaMem(max_retries=0)


def may_help(error: Exception) -> bool:
    """Return whether running the node again may help."""
    return isinstance(error, OctaMemError) and error.retryable


def remember(state: MessagesState) -> dict:
    """Store the last message once, however often the node runs."""
    message = state["messages"][-1]
    client.add(content=message.text, idempotency_key=f"message-{message.id}")
    return {}


graph = StateGraph(MessagesState)
policy = RetryPolicy(max_attempts=4, initial_interval=1.0, retry_on=may_help)
graph.add_node("remember", remember, retry_policy=policy)
graph.add_edge(START, "remember")
graph.add_edge("remember", END)
agent = graph.compile()

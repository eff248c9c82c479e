"""The client is the one retry policy, and waits as long as the service asks; LangGraph repeats other failures."""

from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import RetryPolicy

from octamem import OctaMem, OctaMemError

client = OctaMem(max_retries=3)


def is_another(error: Exception) -> bool:
    """Return whether the client has not decided about this failure already."""
    return not isinstance(error, OctaMemError)


def remember(state: MessagesState) -> dict:
    """Store the last message once, however often the node runs."""
    message = state["messages"][-1]
    client.add(content=message.text, idempotency_key=f"message-{message.id}")
    return {}


graph = StateGraph(MessagesState)
graph.add_node("remember", remember, retry_policy=RetryPolicy(max_attempts=3, retry_on=is_another))
graph.add_edge(START, "remember")
graph.add_edge("remember", END)
agent = graph.compile()

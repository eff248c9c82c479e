"""What other memory services and vector databases answer to a write, and what the SDK makes of each.

The answers are written after the public documentation of each service. An answer is `stored` if it says so by one of
the signs that docs/fidelity.md lists, `failed` if it reports an error, and else `unclear`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List


@dataclass(frozen=True)
class Write:
    """The answer of a service to a write: its status and body, and what it is read as."""

    service: str
    read_as: str
    body: Any
    status: int = 200


WRITES: List[Write] = [
    Write("mem0, a list of events", "stored", [{"id": "892db2ae", "event": "ADD", "data": {"memory": "Likes tea"}}]),
    Write("mem0, results", "stored", {"results": [{"id": "892db2ae", "memory": "Likes tea", "event": "ADD"}]}),
    Write("mem0, queued", "stored", [{"message": "Memory processing has been queued", "status": "PENDING"}]),
    Write("mem0, nothing worth keeping", "unclear", {"results": []}),
    Write("mem0, a bad request", "failed", {"error": "Invalid input", "details": {"messages": ["required"]}}),
    Write("Zep, a session's memory", "stored", {"message": "OK"}),
    Write("Zep, an episode", "stored", {"uuid": "5f2a", "content": "Likes tea", "processed": False}),
    Write("Zep, no such session", "unclear", {"message": "not found: session 17"}),
    Write("Letta, archival memory", "stored", [{"id": "passage-1", "text": "Likes tea", "embedding": None}]),
    Write("Letta, a validation error", "unclear", {"detail": "agent-1 not found"}),
    Write("Supermemory, a document", "stored", {"id": "abc123", "status": "queued"}),
    Write("Supermemory, refused", "failed", {"error": "Unauthorized", "details": "Invalid API key"}),
    Write("Supermemory, failed later", "failed", {"id": "abc123", "status": "failed"}),
    Write("LangMem, the words of a tool", "unclear", {"output": "created memory 6f31"}),
    Write("Pinecone, an upsert", "unclear", {"upsertedCount": 1}),
    Write("Pinecone, records", "stored", None, 201),
    Write("Pinecone, an error", "failed", {"error": {"code": "QUOTA_EXCEEDED", "message": "Too many"}, "status": 429}),
    Write("Pinecone, an error of gRPC", "unclear", {"code": 3, "message": "Vector dimension 2", "details": []}),
    Write("Weaviate, an object", "stored", {"class": "Memory", "id": "36ddd591", "properties": {"text": "Likes tea"}}),
    Write("Weaviate, an error", "failed", {"error": [{"message": "invalid object: no such class"}]}),
    Write("Weaviate, one of a batch", "unclear", [{"class": "Memory", "result": {"status": "SUCCESS"}}]),
    Write("Qdrant, an upsert", "stored", {"result": {"status": "completed"}, "status": "ok", "time": 0.003}),
    Write("Qdrant, an error", "unclear", {"status": {"error": "Wrong input: Vector dimension"}, "time": 0.0}),
    Write("Chroma, records", "stored", {}, 201),
    Write("Chroma, an error", "failed", {"error": "InvalidArgumentError", "message": "Expected embeddings"}),
    Write("Cognee, a pipeline", "unclear", {"status": "PipelineRunCompleted", "pipeline_run_id": "1c2d"}),
    Write("Cognee, an error of a pipeline", "failed", {"error": "Cognee is not configured"}),
    Write("Graphiti, messages", "stored", {"message": "Messages added to processing queue", "success": True}, 202),
    Write("Graphiti, an error", "failed", {"message": "Group is locked", "success": False}),
    Write("OpenAI, a file of a vector store", "stored", {"id": "file-1", "status": "in_progress", "last_error": None}),
    Write("OpenAI, a file that failed", "failed", {"id": "file-1", "status": "failed", "last_error": {"code": "x"}}),
    Write("OpenAI, an error", "failed", {"error": {"message": "Rate limit", "type": "requests", "code": None}}),
    Write("Elasticsearch, a document", "stored", {"_index": "memories", "_id": "1", "result": "created"}),
    Write("Elasticsearch, a bulk with errors", "failed", {"took": 3, "errors": True, "items": []}),
    Write("Milvus, an insert", "unclear", {"code": 0, "data": {"insertCount": 1, "insertIds": [17]}}),
    Write("Milvus, an error", "unclear", {"code": 1100, "message": "collection not found"}),
    Write("Redis agent memory, working memory", "stored", {"status": "ok"}),
    Write("Motorhead, a session", "stored", {"status": "Ok"}),
    Write("Supabase, a row", "stored", None, 201),
    Write("Azure AI Search, an index action", "unclear", {"value": [{"key": "1", "status": True, "statusCode": 201}]}),
    Write("Vertex AI, an operation", "unclear", {"name": "operations/17", "done": False}),
    Write("Google, an error", "failed", {"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}),
    Write("AWS, a gateway", "unclear", {"message": "Internal server error"}),
    Write("AWS, a gateway without a route", "unclear", {"Message": "User is not authorized"}),
    Write("Cloudflare, an error", "failed", {"success": False, "errors": [{"code": 1000, "message": "No"}]}),
    Write("Cloudflare, a vector", "stored", {"success": True, "errors": [], "result": {"mutationId": "1"}}),
    Write("FastAPI, a validation error", "unclear", {"detail": [{"loc": ["body"], "msg": "Field required"}]}),
    Write("a status page", "unclear", {"status": "maintenance", "message": "Back at noon", "code": "DOWN"}),
    Write("a problem of RFC 9457", "unclear", {"type": "https://a.example/full", "title": "Full", "status": 507}),
]

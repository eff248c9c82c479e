"""Celery is the one retry policy; the id of a task is the same in each retry and each delivery of it."""

from celery import Celery, Task

from octamem import OctaMem, OctaMemError

app = Celery("memories", broker="memory://")
client = OctaMem(max_retries=0)


@app.task(bind=True, acks_late=True, max_retries=3)
def save(task: Task, content: str) -> None:
    """Store a memory once, even if a worker is lost and the task is delivered again."""
    try:
        client.add(content=content, idempotency_key=f"celery-{task.request.id}")
    except OctaMemError as error:
        if not error.retryable:
            raise
        wait = max(2.0**task.request.retries, error.retry_after or 0.0)
        raise task.retry(exc=error, countdown=wait) from error

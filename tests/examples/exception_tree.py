"""Every exception stands directly under OctaMemError, so one except clause is enough where one is wanted."""

from octamem import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    InternalServerError,
    MethodNotSupportedError,
    NotFoundError,
    OctaMem,
    OctaMemError,
    RateLimitError,
    ValidationError,
)

for kind in (
    AuthenticationError,
    MethodNotSupportedError,
    NotFoundError,
    ValidationError,
    RateLimitError,
    APIError,
    APIConnectionError,
    APITimeoutError,
    InternalServerError,
):
    print(kind.__name__, OctaMemError in kind.__bases__)

try:
    OctaMem(api_key="your-api-key").get(query=" ")
except OctaMemError as error:
    print(type(error).__name__)

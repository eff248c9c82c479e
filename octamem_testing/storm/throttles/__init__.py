"""The throttles that other libraries ship: each decides which retries, or which requests, a client may make."""

from __future__ import annotations

from .adaptive import AdaptiveThrottle
from .aws import AwsQuota
from .finagle import FinagleBudget
from .grpc import GrpcThrottle
from .throttle import ClientThrottle, Throttle

__all__ = ["AdaptiveThrottle", "AwsQuota", "ClientThrottle", "FinagleBudget", "GrpcThrottle", "Throttle"]

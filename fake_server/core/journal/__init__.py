"""The journal of what was asked, answered and changed, and its view by call."""

"""The API client: the only room that speaks HTTP."""

"""The OpenAPI document: schemas of what is taken and answered, and the document made of them."""

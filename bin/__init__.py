"""The commands of this project: how they set the checkout up, and the developers' tools."""

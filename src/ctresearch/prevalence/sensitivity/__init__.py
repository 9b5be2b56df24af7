"""How the answer moves with what no table can show: lists, interactions, linkage."""

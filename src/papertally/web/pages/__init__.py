"""The pages and the files beside them, each made from what its address asks for."""

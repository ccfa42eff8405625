"""Listings and PDFs from proceedings.iclr.cc and proceedings.neurips.cc."""

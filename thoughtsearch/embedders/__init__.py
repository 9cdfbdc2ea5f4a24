"""Embedders turn texts into vectors. The user chooses the model; each adapter imports its library when first used."""

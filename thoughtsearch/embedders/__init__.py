"""What turns a text into a vector. The user brings the model; each adapter loads its library when it is first asked."""

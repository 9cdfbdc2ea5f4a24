"""What the faces of the store do, each operation once, as plans that any executor can drive."""

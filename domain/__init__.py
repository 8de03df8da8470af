"""What planfold decides: pure rules over frozen facts, with no clock, no I/O and no randomness."""

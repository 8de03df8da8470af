"""What is measured: as ratios within one run, since machines differ and are noisy."""

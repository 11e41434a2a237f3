"""What the cases stand on: the scriptable upstream, the raw client, the dialects and the three runtimes."""

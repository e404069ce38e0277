"""Writing what cameras see: what runs in writer processes, and what reads recordings again."""

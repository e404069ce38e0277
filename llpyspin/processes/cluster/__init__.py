"""A Dask cluster: its certificates, how it is reached, and what it is asked to do.  Has no contents."""

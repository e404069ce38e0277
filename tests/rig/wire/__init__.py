"""A GVCP/GVSP test device: a camera of ``llpyspin.virtual`` on a wire, for any client."""

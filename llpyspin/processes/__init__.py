"""How our processes start, talk and end."""

"""What surrounds the dashboard's script in the server: sign-ins, their cookie, downloads, headers, health."""

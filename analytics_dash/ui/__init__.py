"""What pages are made of; besides app.py and the pages, the only importer of streamlit's script commands."""

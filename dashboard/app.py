"""
The board's dashboard: which pages there are, and what a reader sees when one cannot be drawn.

Start it in this folder, with LANTERN_RELEASED naming the released file:
`python server.py`.
"""

import streamlit as st

import access
import page

PAGES = {
    "at_a_glance": "At a glance",
    "speed": "Speed",
    "assessment": "Assessment",
    "coming_back": "Coming back",
    "right_help": "Right help",
    "waiting": "Waiting",
    "across": "Across partners",
    "by_source": "By source",
    "adults": "Adults",
    "how_sure": "How sure",
    "definitions": "Definitions",
}


def main() -> None:
    """Find the page the reader asked for and draw it behind the shield."""
    st.set_page_config(layout="centered", initial_sidebar_state="collapsed")
    access.gate()
    pages = [
        st.Page(f"topics/{name}.py", title=title, default=place == 0)
        for place, (name, title) in enumerate(PAGES.items())
    ]
    chosen = st.navigation(pages, position="top")
    st.html(page.STYLE)
    with page.shield(chosen.title):
        chosen.run()
    access.way_out()


main()

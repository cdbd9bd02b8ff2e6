"""
The board's dashboard: which pages there are, and what a reader sees when one cannot be drawn.

Start it in this folder, with LANTERN_RELEASED naming the released file:
`streamlit run app.py`.
"""

import streamlit as st

import page

PAGES = {
    "at_a_glance": "At a glance",
    "speed": "Speed",
    "assessment": "Assessment",
    "coming_back": "Coming back",
    "how_sure": "How sure",
}


def main() -> None:
    """Find the page the reader asked for and draw it behind the shield."""
    st.set_page_config(layout="centered", initial_sidebar_state="collapsed")
    pages = [
        st.Page(f"topics/{name}.py", title=title, default=place == 0)
        for place, (name, title) in enumerate(PAGES.items())
    ]
    chosen = st.navigation(pages, position="top")
    st.html(page.STYLE)
    with page.shield(chosen.title):
        chosen.run()


main()

"""What is remembered of a visit."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def test_a_field_keeps_what_was_put_into_it_from_run_to_run():
    def script():
        import streamlit as st

        from pages._ui.kit.state import session

        session.uploads += 1
        session.asked.add(f"run {session.uploads}")
        st.text(sorted(session.asked))

    app = AppTest.from_function(script).run()
    assert app.run().text[0].value == "['run 1', 'run 2']"


def test_fields_of_two_classes_and_widgets_with_the_same_name_do_not_meet():
    def script():
        import streamlit as st

        from pages._ui.kit.state import Kept

        class One:
            name: Kept[str] = Kept(lambda: "one")

        class Two:
            name: Kept[str] = Kept(lambda: "two")

        st.text_input("widget", "three", key="name")
        st.text(f"{One().name} {Two().name} {st.session_state['name']}")

    assert AppTest.from_function(script).run().text[0].value == "one two three"

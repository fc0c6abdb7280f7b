"""Links: what is in the address is what the page opens with, in every language."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def opened(page: str, **query: str | list[str]) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"{page}.py")
    return app.run()


def test_a_link_names_the_language_by_its_code():
    app = opened("models", lang="zh")
    assert app.selectbox(key="lang").value == "zh"
    assert app.query_params["lang"] in ("zh", ["zh"])


def test_a_link_names_the_model_by_its_id_whatever_its_state():
    app = opened("object_detection", model="yolo11n")
    assert app.selectbox(key="model").value == "yolo11n"


def test_a_link_names_classes_in_english_for_visitors_of_every_language():
    app = opened("object_detection", lang="zh", classes=["dog", "bus"])
    assert app.multiselect(key="classes").value == ["dog", "bus"]


def test_a_choice_is_written_into_the_address():
    app = opened("object_detection")
    app.selectbox(key="model").select("yolov8n").run()
    assert app.query_params["model"] in ("yolov8n", ["yolov8n"])


def test_what_a_link_gets_wrong_is_ignored():
    app = opened("object_detection", model="no-such-model", lang="xx")
    assert not app.exception
    assert app.selectbox(key="model").value == "ssd-mobilenet-v2"


def test_a_menus_titles_stay_as_they_were_drawn():
    """What shows them later (a test, another thread) has no visitor, and would ask in English."""

    def script():
        import streamlit as st

        from pages._ui.kit import address
        from pages._ui.kit.i18n import _

        st.session_state["lang"] = "zh"
        address.menu("m", ["a"], key="m", default="a", title=lambda code: _("ready"))

    app = AppTest.from_function(script).run()
    assert app.selectbox[0].format_func("a") == "就绪"

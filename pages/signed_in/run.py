"""Run: what went in, what came out, what went wrong, and where to look next."""

import streamlit as st

from analytics_dash.figures import waterfall
from analytics_dash.figures.cost_words import dollars_between
from analytics_dash.runs.outcome import Outcome
from analytics_dash.ui import (
    chips,
    completeness,
    frame,
    lineage_panel,
    loading,
    run_compare,
    run_cost,
    run_facts,
    run_found,
    run_missing,
    run_summary,
    run_texts,
    run_ways,
    run_words,
)
from analytics_dash.ui.ending import end_page
from analytics_dash.ui.words import plain

here = frame.here()
frame.title("Run")
if here.view.run is None:
    run_missing.draw_none_asked(here.view)
    end_page()
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)
run = run_found.run(dataset, here.view)
spent = run_found.cost(dataset, run, settings=here.entry.workspace.settings)
facts = run_found.facts(dataset, here.view, run, spent, dollars=dollars_between)

run_ways.draw_steps(dataset, here.view, run)
st.markdown(f":small[Run ID] `{run.run_id.replace('`', '')}`")
run_facts.draw(run, facts)
st.markdown(f":small[Started by {plain(run_words.started_by(run), limit=200)}]")
run_ways.draw_related(dataset, here.view, run)
with st.container(horizontal=True, key="run_actions", gap="small"):
    run_summary.draw(run, facts, here.view)
    run_compare.draw_choice(here.view)
run_compare.draw(dataset, here.view, run)

if run.outcome == Outcome.FAILED or run.error:
    st.subheader("Error", anchor=False)
    run_texts.draw_error(run.error)
    run_ways.draw_error_group(dataset, here.view, run)
run_texts.draw("Inputs", run.inputs, run_id=run.run_id, keeps_texts=dataset.keeps_texts)
run_texts.draw("Outputs", run.outputs, run_id=run.run_id, keeps_texts=dataset.keeps_texts)
run_facts.draw_feedback(run)
st.subheader("Other runs", anchor=False)
run_ways.draw_others(dataset, here.view, run)
st.subheader("Where it belongs", anchor=False)
lineage_panel.draw(here, run.run_id, picture=waterfall.picture)
run_cost.draw(spent, run.total_tokens)
run_facts.draw_details(run)

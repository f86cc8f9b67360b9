/** The variable that every process of a run inherits: its value is the id of the run. */
export const RUN_MARKER = 'ORCHESTRATOR_RUN_ID'

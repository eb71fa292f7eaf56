/** A column of a table, as DataTable shows it. */
export interface Column<Row> {
  key: string
  /** Empty for a column of buttons alone. */
  label: string
  text?: (row: Row) => string | null
  numeric?: boolean
  /** Names its row: a row's header, and a card's title on a phone. */
  heads?: boolean
  /** What the owner sorts by for it; without it the column cannot be sorted by. */
  sort?: string
}

export interface Sorting {
  by: string
  descending: boolean
}

/** The order after a press of a column's button: its own, then the other way round. Numbers begin with the largest. */
export function sortedBy<Row>(column: Column<Row>, before: Sorting | null): Sorting | null {
  if (!column.sort) return before
  if (before?.by !== column.sort) return { by: column.sort, descending: column.numeric ?? false }
  return { by: column.sort, descending: !before.descending }
}

/** Those that are not hidden. */
export const shownOf = <Row>(columns: readonly Column<Row>[], hidden: ReadonlySet<string>) =>
  columns.filter(({ key, heads }) => heads || !hidden.has(key))

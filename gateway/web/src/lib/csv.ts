/** Spreadsheets take what begins so for a formula; the gateway's batches are written by the same rule. */
const FORMULA = /^[ \uFEFF\u00A0]*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
const NEGATIVE_NUMBER = /^-\d+(\.\d+)?$/
const DELIMITERS = [',', ';', '\t'] as const
const BOM = '\uFEFF'

/** Lets a spreadsheet read our files as UTF-8. */
export const CSV_BEGIN = BOM

export type Cell = string | number | boolean | null | undefined

/** A cell of text that no spreadsheet takes for a formula. */
export const neutral = (cell: string) => (FORMULA.test(cell) && !NEGATIVE_NUMBER.test(cell) ? `'${cell}` : cell)

/** The text that neutral() made a cell of. */
export const asWritten = (cell: string) => (cell.startsWith("'") && neutral(cell.slice(1)) === cell ? cell.slice(1) : cell)

function written(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'string' ? neutral(cell) : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A line of a CSV file, its end included. */
export const csvLine = (cells: readonly Cell[]) => `${cells.map(written).join(',')}\r\n`

/** What separates the cells of a file, by its first line. */
export function delimiterOf(line: string): string {
  const times = (delimiter: string) => line.split(delimiter).length
  return DELIMITERS.reduce((best, each) => (times(each) > times(best) ? each : best))
}

/** Reads CSV as it comes, piece by piece: each piece gives the rows that end in it. Blank lines are no rows. */
export function csvReader(delimiter: string) {
  let row: string[] = []
  let cell = ''
  // A quote within quotes ends them, or is the first half of one that is meant.
  let within: 'nothing' | 'quotes' | 'quote' = 'nothing'
  let begun = false

  function close(rows: string[][]) {
    row.push(cell.replace(/\r$/, ''))
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
    cell = ''
  }

  function read(text: string): string[][] {
    const rows: string[][] = []
    for (const letter of begun ? text : text.replace(BOM, '')) {
      if (within === 'quotes') {
        if (letter === '"') within = 'quote'
        else cell += letter
        continue
      }
      if (within === 'quote' && letter === '"') {
        cell += letter
        within = 'quotes'
        continue
      }
      within = 'nothing'
      if (letter === '"' && cell === '') within = 'quotes'
      else if (letter === delimiter) {
        row.push(cell)
        cell = ''
      } else if (letter === '\n') close(rows)
      else cell += letter
    }
    begun ||= text !== ''
    return rows
  }

  function end(): string[][] {
    const rows: string[][] = []
    if (row.length || cell) close(rows)
    return rows
  }

  return { read, end }
}

/** A whole file: its header, and the rows below it. */
export function readCsv(text: string): { header: string[]; rows: string[][] } {
  const reader = csvReader(delimiterOf(firstLine(text)))
  const [header = [], ...rows] = [...reader.read(text), ...reader.end()]
  return { header: header.map((name) => name.trim()), rows }
}

/** The first line of a text, without its end and a byte order mark. */
export function firstLine(text: string): string {
  return (/^\uFEFF?\s*([^\r\n]*)/.exec(text) ?? [])[1] ?? ''
}

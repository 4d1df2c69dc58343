/** A row as the file has it; `row` counts from 1 as a spreadsheet shows it. */
export type Row = { readonly row: number; readonly cells: readonly string[] }

/** Columns that a file may have; the widest real exports have some 150. */
export const CELLS_MOST = 2_000
export const ROWS_MOST = 2_000_000

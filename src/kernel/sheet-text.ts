/** What a spreadsheet would take for a formula, also behind blanks and in the full-width signs of East Asian keyboards. */
const FORMULA = /^[\s\u200b\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/

/** The text for a cell of a file that a spreadsheet opens: with an apostrophe in front where it would be run as a formula. */
export function sheetText(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

/** What `sheetText` made of a text, taken back. */
export function fromSheetText(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell
}

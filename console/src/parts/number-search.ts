/** What is between pasted numbers: white space, commas, semicolons, ideographic ones too. */
const BETWEEN = /[\s,，;；、]+/

/** One search text from whatever was pasted: numbers once each, in order, separated by one space. */
export function joinNumbers(text: string): string {
  return [...new Set(text.split(BETWEEN).filter((part) => part !== ''))].join(' ')
}

export function countNumbers(text: string): number {
  const joined = joinNumbers(text)
  return joined === '' ? 0 : joined.split(' ').length
}

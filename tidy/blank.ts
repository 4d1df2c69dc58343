/**
 * The text with comments blanked out, and with `strings` also what stands inside quotes, templates and regular
 * expressions. Every character keeps its place, so that line numbers hold. Code inside `${}` stays.
 */
export function blank(text: string, what: { strings: boolean }): string {
  const out = text.split('')
  const clear = (from: number, to: number): void => {
    for (let i = from; i < to; i += 1) if (out[i] !== '\n') out[i] = ' '
  }
  // Depth of braces inside each open `${`, so that the `}` which closes it is told from a block's.
  const templates: number[] = []
  let at = 0
  const literal = (end: number): void => {
    if (what.strings) clear(at + 1, end)
    at = end + 1
  }
  while (at < text.length) {
    const two = text.slice(at, at + 2)
    const one = text.charAt(at)
    if (two === '//' || two === '/*') {
      const end = endOfComment(text, at)
      clear(at, end)
      at = end
    } else if (one === "'" || one === '"') literal(endOfQuoted(text, at))
    else if (one === '/' && startsRegex(text, at)) literal(endOfRegex(text, at))
    else if (one === '`' || (one === '}' && templates.at(-1) === 0)) {
      if (one === '}') templates.pop()
      const end = endOfTemplatePart(text, at + 1)
      if (what.strings) clear(at + 1, end)
      if (text.charAt(end) === '$') templates.push(0)
      at = text.charAt(end) === '$' ? end + 2 : end + 1
    } else {
      const depth = templates.pop()
      if (depth !== undefined) templates.push(one === '{' ? depth + 1 : one === '}' ? depth - 1 : depth)
      at += 1
    }
  }
  return out.join('')
}

function endOfComment(text: string, start: number): number {
  const line = text.charAt(start + 1) === '/'
  const end = text.indexOf(line ? '\n' : '*/', start + 2)
  return end < 0 ? text.length : line ? end : end + 2
}

function endOfQuoted(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    if (text.charAt(i) === '\\') i += 1
    else if (text.charAt(i) === text.charAt(start) || text.charAt(i) === '\n') return i
  }
  return text.length
}

function endOfTemplatePart(text: string, start: number): number {
  for (let i = start; i < text.length; i += 1) {
    if (text.charAt(i) === '\\') i += 1
    else if (text.charAt(i) === '`' || text.startsWith('${', i)) return i
  }
  return text.length
}

function endOfRegex(text: string, start: number): number {
  let inClass = false
  for (let i = start + 1; i < text.length; i += 1) {
    const one = text.charAt(i)
    if (one === '\\') i += 1
    else if (one === '[') inClass = true
    else if (one === ']') inClass = false
    else if ((one === '/' && !inClass) || one === '\n') return i
  }
  return text.length
}

/** A slash divides after a value and opens a regular expression elsewhere; a closing tag of JSX does neither. */
function startsRegex(text: string, at: number): boolean {
  if (text.charAt(at - 1) === '<' || text.startsWith('/>', at)) return false
  const before = text.slice(Math.max(0, at - 200), at).trimEnd()
  if (before === '') return true
  if (/\b(return|typeof|case|in|of|await|yield|throw|else)$/.test(before)) return true
  return !/[\w$)\]}'"`]$/.test(before)
}

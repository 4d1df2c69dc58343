/** JSON or XML indented for reading; null for anything else, which is shown as it came. */
export function prettyBody(text: string): string | null {
  const start = text.trimStart()[0]
  if (start === '<') return prettyXml(text)
  return start === '{' || start === '[' ? prettyJson(text) : null
}

/** One tag a line, indented by depth; text stays on the line of its tag. Null when the tags do not match up. */
function prettyXml(text: string): string | null {
  const parts = text.trim().match(/<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->|<[^>]+>|[^<]+/g) ?? []
  let out = ''
  let depth = 0
  let afterText = false
  for (const part of parts) {
    if (part.trim() === '') continue
    if (!part.startsWith('<') || part.startsWith('<![CDATA[')) {
      out += part
      afterText = true
      continue
    }
    const closes = part.startsWith('</')
    const alone = part.endsWith('/>') || part.startsWith('<?') || part.startsWith('<!')
    if (closes) depth--
    if (depth < 0) return null
    const line = out === '' ? '' : `\n${'  '.repeat(depth)}`
    out += closes && (afterText || out.endsWith(part.replace('/', ''))) ? part : line + part
    if (!closes && !alone) depth++
    afterText = false
  }
  return depth === 0 ? out : null
}

/**
 * Indents JSON without parsing it, so that 64-bit numbers, duplicate keys and escapes stay exactly as they came; null for
 * anything that is not JSON.
 */
function prettyJson(text: string): string | null {
  let out = ''
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (inString) {
      out += char
      if (char === '\\') out += text.charAt(++at)
      else if (char === '"') inString = false
      continue
    }
    if (char === '"') inString = true
    if (/\s/.test(char)) continue
    if (char === '{' || char === '[') {
      const close = char === '{' ? '}' : ']'
      let rest = 0
      while (/\s/.test(text.charAt(at + 1 + rest))) rest++
      if (text.charAt(at + 1 + rest) === close) {
        out += char + close
        at += 1 + rest
        continue
      }
      depth++
      out += `${char}\n${'  '.repeat(depth)}`
    } else if (char === '}' || char === ']') {
      depth--
      if (depth < 0) return null
      out += `\n${'  '.repeat(depth)}${char}`
    } else if (char === ',') out += `,\n${'  '.repeat(depth)}`
    else out += char === ':' ? ': ' : char
  }
  return depth === 0 && !inString ? out : null
}

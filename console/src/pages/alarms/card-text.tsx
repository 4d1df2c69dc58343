import type { ReactNode } from 'react'
import { useWording } from '#/i18n/language.tsx'

/** A runbook card: headings, paragraphs, lists, bold and code are all it uses. Nothing in it becomes HTML by itself. */
export function CardText({ markdown }: { readonly markdown: string }) {
  const { language } = useWording()
  return <div className="hf-card-text">{blocksOf(partFor(markdown, language)).map(Block)}</div>
}

/** Chinese stands above the rule, English below it; a card without one holds both. The title stands above the drawer already. */
function partFor(markdown: string, language: 'zh' | 'en'): string {
  const [zh = '', en] = markdown.replace(/^# .*\n+/, '').split(/^-{3,}\s*$/m)
  return language === 'en' && en !== undefined ? en.replace(/^\s*# .*\n+/, '') : zh
}

type Lines = { readonly kind: 'heading' | 'text' | 'bullets' | 'steps'; readonly lines: readonly string[] }

const MARK = /^(#{1,4}|[-*]|\d+\.) /

function kindOf(line: string): Lines['kind'] {
  if (/^#{1,4} /.test(line)) return 'heading'
  if (/^[-*] /.test(line)) return 'bullets'
  return /^\d+\. /.test(line) ? 'steps' : 'text'
}

function blocksOf(text: string): Lines[] {
  const blocks: { kind: Lines['kind']; lines: string[] }[] = []
  for (const part of text.split(/\n\s*\n/).filter((one) => one.trim() !== '')) {
    let fresh = true
    for (const raw of part.trim().split('\n')) {
      const line = raw.trim()
      const kind = kindOf(line)
      const plain = line.replace(MARK, '')
      const last = blocks.at(-1)
      const goesOn = !fresh && last !== undefined && last.kind !== 'heading'
      if (goesOn && kind === 'text') last.lines.push(`${last.lines.pop() ?? ''} ${plain}`)
      else if (goesOn && kind !== 'heading' && last.kind === kind) last.lines.push(plain)
      else blocks.push({ kind, lines: [plain] })
      fresh = false
    }
  }
  return blocks
}

function Block({ kind, lines }: Lines, index: number): ReactNode {
  if (kind === 'heading') return <h3 key={index}>{inline(lines[0] ?? '')}</h3>
  if (kind === 'text') return <p key={index}>{inline(lines.join(' '))}</p>
  const items = lines.map((line) => <li key={line}>{inline(line)}</li>)
  return kind === 'steps' ? <ol key={index}>{items}</ol> : <ul key={index}>{items}</ul>
}

function inline(text: string): ReactNode[] {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)]+\))/).map((part, index) => {
    const key = `${index}${part}`
    if (part.startsWith('**')) return <b key={key}>{part.slice(2, -2)}</b>
    if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>
    return part.startsWith('[') ? part.slice(1, part.indexOf(']')) : part
  })
}

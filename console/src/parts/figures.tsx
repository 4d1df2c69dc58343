import { ArrowRightOutlined } from '@ant-design/icons'
import type { WordFamily } from '#/i18n/language.tsx'
import type { Tone } from '#/theme/palette.ts'
import { CodeTag } from './tag.tsx'

/** A row of numbers with what they count; a tone where a number wants to be noticed. */
export function Figures({
  items,
}: {
  readonly items: readonly (readonly [string, string, (Tone | undefined)?])[]
}) {
  return (
    <div className="hf-figures">
      {items.map(([name, value, tone]) => (
        <div key={name}>
          <b className={`hf-num ${tone ? `hf-text-${tone}` : ''}`}>{value}</b>
          <span className="hf-faint">{name}</span>
        </div>
      ))}
    </div>
  )
}

/** From one code to another; `none` stands for nothing before. */
export function ChangeArrow({
  family,
  from,
  to,
  none,
}: {
  readonly family: WordFamily
  readonly from: string | null
  readonly to: string | null
  readonly none: string
}) {
  return (
    <span className="hf-change">
      {from === null ? <span className="hf-faint">{none}</span> : <CodeTag family={family} code={from} dot />}
      <ArrowRightOutlined aria-label="→" />
      {to === null ? <span className="hf-faint">{none}</span> : <CodeTag family={family} code={to} dot />}
    </span>
  )
}

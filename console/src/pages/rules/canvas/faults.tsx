import type { RuleFinding } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'

/** What the check says of one field, under it. */
export function Faults({ findings }: { readonly findings: readonly RuleFinding[] }) {
  const { pick } = useWording()
  if (findings.length === 0) return null
  return (
    <ul className="hf-rule-faults">
      {findings.slice(0, 3).map((one) => (
        <li
          key={`${one.code} ${one.part} ${pick(one.words)}`}
          className={one.level === 'warning' ? 'hf-rule-faults-warning' : undefined}
        >
          {pick(one.words)}
        </li>
      ))}
    </ul>
  )
}

/** Findings of one part of a node: a branch, row, column or parameter, as the check names it. */
export function ofPart(
  findings: readonly RuleFinding[],
  ...parts: readonly string[]
): readonly RuleFinding[] {
  return findings.filter(
    ({ part }) =>
      part !== null &&
      parts.some((one) => part === one || part.startsWith(`${one}.`) || part.startsWith(`${one}[`)),
  )
}

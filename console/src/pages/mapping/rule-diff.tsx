import type { CodeEntry } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { RuleChange } from './rules.ts'

/** Codes that are read differently, a line out and a line in, as in a text diff. */
export function RuleDiff({
  changes,
  defaults,
}: {
  readonly changes: readonly RuleChange[]
  readonly defaults: readonly CodeEntry[]
}) {
  const { t, pick, word } = useWording()
  const words = new Map(defaults.map((entry) => [entry.code, entry]))
  if (changes.length === 0) return <p className="hf-faint">{t('draft.diffNone')}</p>
  return (
    <table className="hf-diff">
      <tbody>
        {changes.map(({ code, from, to }) => {
          const entry = words.get(code)
          return (
            <tr key={code}>
              <th scope="row">
                <code>{code}</code>
                {entry ? <span className="hf-faint">{pick(entry)}</span> : null}
              </th>
              <td className="hf-diff-out">
                <span aria-hidden="true">−</span>
                <del>{from ? word('fact', from) : t('mapping.undecided')}</del>
              </td>
              <td className="hf-diff-in">
                <span aria-hidden="true">+</span>
                <ins>{to ? word('fact', to) : t('mapping.undecided')}</ins>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

import type { ImportTemplate, Uploaded } from '#/api/import-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { FactPicker } from '#/parts/fact-picker.tsx'
import { Section } from '#/parts/small.tsx'

/** Every status word that is known of the file, and which fact it is. */
export function StatusTable({
  file,
  template,
  onChange,
}: {
  readonly file: Uploaded
  readonly template: ImportTemplate
  readonly onChange: (part: Partial<ImportTemplate>) => void
}) {
  const { t } = useWording()
  const column = template.columns['status']?.column
  const samples = file.columns.find((one) => one.name === column)?.samples ?? []
  const asked = file.questions.filter((one) => one.code === 'unknown_status').map((one) => one.about)
  const words = [...new Set([...asked, ...samples, ...Object.keys(template.statusMap)])]
    .map((word) => word.trim())
    .filter((word) => word !== '')
  return (
    <Section title={t('imports.statuses')}>
      <p className="hf-faint">{t('imports.statusesHint')}</p>
      <table className="hf-plain-table hf-unknown">
        <tbody>
          {[...new Set(words)].map((word) => (
            <tr key={word}>
              <th scope="row">
                <code>{word}</code>
              </th>
              <td>
                <FactPicker
                  label={t('imports.statusOf', { word })}
                  value={template.statusMap[word] ?? null}
                  onPick={(fact) => onChange({ statusMap: { ...template.statusMap, [word]: fact } })}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

import { EditOutlined, SearchOutlined } from '@ant-design/icons'
import { Button, Checkbox, Input } from 'antd'
import { memo, useState } from 'react'
import type { Fact } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { FactPicker } from '#/parts/fact-picker.tsx'
import { FactTag } from '#/parts/fact-tag.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { CodeRow } from './rules.ts'

type CodeTableProps = {
  readonly rows: readonly CodeRow[]
  readonly q: string
  readonly onlyChanged: boolean
  readonly onSearch: (q: string) => void
  readonly onOnlyChanged: (on: boolean) => void
  /** Null takes the rule away. Absent: may only look. */
  readonly onDecide: ((code: string, fact: Fact | null) => void) | undefined
}

/** Every upstream code of the system, what it is read as by default and now, and what the draft would make of it. */
export function CodeTable({ rows, q, onlyChanged, onSearch, onOnlyChanged, onDecide }: CodeTableProps) {
  const { t, pick } = useWording()
  const wanted = q.trim().toLowerCase()
  const shown = rows.filter(
    (row) =>
      (!onlyChanged || row.from === 'own' || row.from === 'kind' || row.drafted !== undefined) &&
      (wanted === '' ||
        row.code.toLowerCase().includes(wanted) ||
        (row.words !== null && pick(row.words).toLowerCase().includes(wanted))),
  )
  return (
    <Section
      title={
        <>
          {t('mapping.codes')} <span className="hf-faint hf-num">{rows.length}</span>
        </>
      }
      extra={
        <>
          <Checkbox checked={onlyChanged} onChange={(event) => onOnlyChanged(event.target.checked)}>
            {t('mapping.onlyChanged')}
          </Checkbox>
          <span data-list-search="" className="hf-search-narrow">
            <Input
              allowClear
              prefix={<SearchOutlined aria-hidden="true" />}
              aria-label={t('mapping.codeSearch')}
              placeholder={t('mapping.codeSearch')}
              value={q}
              onChange={(event) => onSearch(event.target.value)}
            />
          </span>
        </>
      }
    >
      {shown.length === 0 ? <p className="hf-faint">{t('list.emptyFiltered')}</p> : null}
      {shown.length === 0 ? null : (
        <table className="hf-plain-table hf-codes">
          <thead>
            <tr>
              <th scope="col">{t('mapping.col.code')}</th>
              <th scope="col">{t('mapping.col.words')}</th>
              <th scope="col">{t('mapping.col.default')}</th>
              <th scope="col">{t('mapping.col.live')}</th>
              <th scope="col">{t('mapping.col.draft')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <CodeLine key={row.code} row={row} onDecide={onDecide} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

const CodeLine = memo(function CodeLine({
  row,
  onDecide,
}: {
  readonly row: CodeRow
  readonly onDecide: CodeTableProps['onDecide']
}) {
  const { t, pick } = useWording()
  return (
    <tr className={row.drafted === undefined ? '' : 'hf-code-drafted'}>
      <td>
        <code>{row.code}</code>
      </td>
      <td>{row.words ? pick(row.words) : null}</td>
      <td>
        {row.byDefault ? (
          <FactTag fact={row.byDefault} faint={row.from !== 'default'} />
        ) : (
          <span className="hf-faint">{t('mapping.undecided')}</span>
        )}
      </td>
      <td>
        {row.now ? <FactTag fact={row.now} /> : <span className="hf-faint">{t('mapping.undecided')}</span>}{' '}
        {row.from === 'own' ? <Tag tone="move">{t('mapping.ownRule')}</Tag> : null}
        {row.from === 'kind' ? <Tag tone="neutral">{t('mapping.fromKind')}</Tag> : null}
      </td>
      <td>
        <DraftCell row={row} onDecide={onDecide} />
      </td>
    </tr>
  )
})

function DraftCell({
  row,
  onDecide,
}: {
  readonly row: CodeRow
  readonly onDecide: CodeTableProps['onDecide']
}) {
  const { t } = useWording()
  const [editing, setEditing] = useState(false)
  if (editing && onDecide) {
    return (
      <FactPicker
        open
        label={t('mapping.change', { code: row.code })}
        value={row.drafted === undefined ? row.now : row.drafted}
        onPick={(fact) => {
          onDecide(row.code, fact)
          setEditing(false)
        }}
        onClose={() => setEditing(false)}
      />
    )
  }
  return (
    <span className="hf-draft-cell">
      {row.drafted === undefined ? null : row.drafted === null ? (
        <Tag tone="bad">{t('mapping.undecided')}</Tag>
      ) : (
        <FactTag fact={row.drafted} />
      )}
      {onDecide ? (
        <Button
          type="text"
          className="hf-copy"
          icon={<EditOutlined />}
          aria-label={t('mapping.change', { code: row.code })}
          title={t('mapping.change', { code: row.code })}
          onClick={() => setEditing(true)}
        />
      ) : null}
      {onDecide && (row.drafted ?? row.now) !== row.byDefault && row.from !== 'kind' ? (
        <button type="button" className="hf-link" onClick={() => onDecide(row.code, null)}>
          {t('mapping.backToDefault')}
        </button>
      ) : null}
    </span>
  )
}

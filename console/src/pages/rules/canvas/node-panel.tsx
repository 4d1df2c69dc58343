import { Button, Input } from 'antd'
import type { RuleFinding, RuleNode } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ActionPanel } from './action-panel.tsx'
import { BranchPanel } from './branch-panel.tsx'
import { Faults } from './faults.tsx'
import { waysOf } from './graph.ts'
import { LookupPanel } from './lookup-panel.tsx'
import { Field, GoesTo, type PanelProps } from './panel-parts.tsx'
import { ResultPanel } from './result-panel.tsx'
import { SetPanel } from './set-panel.tsx'
import { TablePanel } from './table-panel.tsx'

/** The chosen node's name, what it does, and where its ways lead. */
export function NodePanel(props: PanelProps<RuleNode>) {
  const { node, model, readOnly, onChange, findings } = props
  const { t } = useWording()
  return (
    <form
      className="hf-rule-form"
      aria-label={t('canvas.panel')}
      onSubmit={(event) => event.preventDefault()}
    >
      <div className="hf-rule-row">
        <strong className="hf-rule-grow">{t(`canvas.type.${node.type}`)}</strong>
        <code>{node.id}</code>
        {model.start === node.id ? (
          <span className="hf-faint">{t('canvas.isStart')}</span>
        ) : readOnly ? null : (
          <Button onClick={() => props.onModel({ ...model, start: node.id })}>{t('canvas.startHere')}</Button>
        )}
      </div>
      <Faults findings={ownFindings(findings)} />
      <Field label={t('canvas.field.label')}>
        <Input
          id="hf-rule-first-field"
          value={node.label}
          readOnly={readOnly}
          maxLength={80}
          onChange={(event) => onChange({ ...node, label: event.target.value }, `label ${node.id}`)}
        />
      </Field>
      <KindOfPanel {...props} />
      <Ways {...props} />
      <Field label={t('canvas.field.note')}>
        <Input.TextArea
          value={node.note ?? ''}
          readOnly={readOnly}
          maxLength={1000}
          autoSize={{ minRows: 2, maxRows: 8 }}
          placeholder={t('canvas.field.notePlaceholder')}
          onChange={(event) => onChange(withNote(node, event.target.value), `note ${node.id}`)}
        />
      </Field>
    </form>
  )
}

function withNote(node: RuleNode, note: string): RuleNode {
  const { note: _, ...rest } = node
  return note === '' ? rest : { ...rest, note }
}

function ownFindings(findings: readonly RuleFinding[]): readonly RuleFinding[] {
  return findings.filter(({ part }) => part === null || /^(bind|rows)\b/.test(part))
}

function KindOfPanel(props: PanelProps<RuleNode>) {
  const { node } = props
  switch (node.type) {
    case 'branch':
      return <BranchPanel {...props} node={node} />
    case 'table':
      return <TablePanel {...props} node={node} />
    case 'lookup':
      return <LookupPanel {...props} node={node} />
    case 'set':
      return <SetPanel {...props} node={node} />
    case 'action':
      return <ActionPanel {...props} node={node} />
    case 'result':
      return <ResultPanel {...props} node={node} />
  }
}

function Ways({ node, model, readOnly, onChange }: PanelProps<RuleNode>) {
  const { t } = useWording()
  return waysOf(node)
    .filter(({ role }) => role !== 'branch')
    .map(({ id, role, to }) => {
      const word =
        role === 'next'
          ? node.type === 'table'
            ? t('canvas.way.hit')
            : node.type === 'lookup'
              ? t('canvas.way.found')
              : t('canvas.way.next')
          : t(role === 'otherwise' ? 'canvas.way.otherwise' : 'canvas.way.missing')
      const label = `${word} → ${t('canvas.field.goes')}`
      return (
        <Field key={id} label={label}>
          <GoesTo {...{ model, node, to, label, readOnly, onChange }} way={id} />
        </Field>
      )
    })
}

import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Input } from 'antd'
import type { BranchNode, RuleBranch } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ConditionField } from './condition-field.tsx'
import { ofPart } from './faults.tsx'
import { freshId } from './graph.ts'
import { changed, Field, GoesTo, type PanelProps } from './panel-parts.tsx'

const BRANCHES_MOST = 50

/** The branches in their order, each with its condition. */
export function BranchPanel(props: PanelProps<BranchNode>) {
  const { node, readOnly, onChange } = props
  const { t } = useWording()
  const { branches } = node
  const put = (next: readonly RuleBranch[], key?: string) => onChange({ ...node, branches: next }, key)
  const add = () => {
    const id = freshId(
      branches.map((one) => one.id),
      'b',
    )
    put([
      ...branches,
      { id, label: `${t('canvas.newBranch')} ${branches.length + 1}`, when: 'true', to: null },
    ])
  }
  return (
    <>
      <p className="hf-faint">{t('canvas.branch.order')}</p>
      {branches.map((branch, i) => (
        <section key={branch.id} className="hf-rule-card" aria-label={branch.label}>
          <div className="hf-rule-card-head">
            <Input
              aria-label={t('canvas.field.branchLabel')}
              value={branch.label}
              readOnly={readOnly}
              maxLength={60}
              onChange={(event) =>
                put(changed(branches, i, { label: event.target.value }), `branch ${node.id} ${branch.id}`)
              }
            />
            {readOnly ? null : <OrderButtons {...{ branches, i, put }} />}
          </div>
          <ConditionField
            value={branch.when}
            onChange={(when) => put(changed(branches, i, { when }), `when ${node.id} ${branch.id}`)}
            variables={props.variables}
            label={t('canvas.field.when')}
            readOnly={readOnly}
            findings={ofPart(props.findings, branch.id, `branches.${branch.id}`)}
          />
          <Field label={t('canvas.field.goes')}>
            <GoesTo
              {...{ node, readOnly, onChange }}
              model={props.model}
              way={`branch.${branch.id}`}
              to={branch.to}
              label={`${branch.label} → ${t('canvas.field.goes')}`}
            />
          </Field>
        </section>
      ))}
      {readOnly || branches.length >= BRANCHES_MOST ? null : (
        <Button icon={<PlusOutlined />} onClick={add}>
          {t('canvas.branch.add')}
        </Button>
      )}
    </>
  )
}

function OrderButtons({
  branches,
  i,
  put,
}: {
  readonly branches: readonly RuleBranch[]
  readonly i: number
  readonly put: (next: readonly RuleBranch[]) => void
}) {
  const { t } = useWording()
  const swap = (by: -1 | 1) => {
    const [one, other] = [branches[i], branches[i + by]]
    if (one && other) put(branches.with(i, other).with(i + by, one))
  }
  return (
    <>
      <Button
        type="text"
        icon={<ArrowUpOutlined />}
        aria-label={t('canvas.branch.up')}
        disabled={i === 0}
        onClick={() => swap(-1)}
      />
      <Button
        type="text"
        icon={<ArrowDownOutlined />}
        aria-label={t('canvas.branch.down')}
        disabled={i === branches.length - 1}
        onClick={() => swap(1)}
      />
      <Button
        type="text"
        icon={<DeleteOutlined />}
        aria-label={t('canvas.branch.remove')}
        disabled={branches.length === 1}
        onClick={() => put(branches.toSpliced(i, 1))}
      />
    </>
  )
}

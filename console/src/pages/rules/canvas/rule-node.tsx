import {
  BranchesOutlined,
  CalculatorOutlined,
  CheckCircleOutlined,
  SearchOutlined,
  TableOutlined,
  ThunderboltOutlined,
  UserOutlined,
} from '@ant-design/icons'
import { Handle, type NodeProps, Position } from '@xyflow/react'
import { Tooltip } from 'antd'
import { memo, type ReactNode } from 'react'
import type { RuleFinding, RuleNode, RuleNodeType } from '#/api/rule-model-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { IN_HANDLE_Y, linesShown } from './boxes.ts'
import type { RuleFlowNode, StartFlowNode, WayView } from './flow-elements.ts'
import type { NodeChange } from './model-diff.ts'

export function nodeIcon(type: RuleNodeType, isReview = false): ReactNode {
  const icons: Readonly<Record<RuleNodeType, ReactNode>> = {
    branch: <BranchesOutlined />,
    table: <TableOutlined />,
    lookup: <SearchOutlined />,
    set: <CalculatorOutlined />,
    action: <ThunderboltOutlined />,
    result: isReview ? <UserOutlined /> : <CheckCircleOutlined />,
  }
  return icons[type]
}

function isReview(node: RuleNode): boolean {
  return node.type === 'result' && node.outcome === 'review'
}

/** One node: what it is, what it says in a few lines, and a handle for each of its ways. */
export const RuleNodeView = memo(function RuleNodeView({ data, selected }: NodeProps<RuleFlowNode>) {
  const { t } = useWording()
  const { node, lines, ways, light, change, findings, isStart, row } = data
  const shown = linesShown(lines.length)
  const more = lines.length - shown
  const classes = [
    'hf-rule-node',
    `hf-rule-node-${isReview(node) ? 'review' : node.type}`,
    selected ? 'hf-rule-node-selected' : '',
    light ? `hf-rule-node-${light}` : '',
    change ? `hf-rule-node-${change.change}` : '',
  ]
  return (
    <div className={classes.filter((name) => name !== '').join(' ')} title={node.note || undefined}>
      <Handle
        type="target"
        id="in"
        position={Position.Left}
        style={{ top: IN_HANDLE_Y }}
        isConnectable={!data.readOnly}
      />
      <div className="hf-rule-node-head">
        <span aria-hidden="true">{nodeIcon(node.type, isReview(node))}</span>
        <strong>{node.label || t(`canvas.type.${node.type}`)}</strong>
        {isStart ? <em>{t('canvas.isStart')}</em> : null}
        {row === null ? null : <em>{t('canvas.try.row', { n: row + 1 })}</em>}
        <ChangeMark change={change} />
        <FindingMark findings={findings} />
      </div>
      {shown === 0 ? null : (
        <div className="hf-rule-node-body">
          {lines.slice(0, shown).map((line, i) => {
            const last = more > 0 && i === shown - 1
            const text = last ? t('canvas.sum.more', { n: more + 1 }) : line
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: two lines may say the same
              <div key={`${i} ${line}`} title={last ? lines.slice(i).join('\n') : line}>
                {text}
              </div>
            )
          })}
        </div>
      )}
      {ways.map((way) => (
        <WayRow key={way.id} way={way} connectable={!data.readOnly} />
      ))}
    </div>
  )
})

function WayRow({ way, connectable }: { readonly way: WayView; readonly connectable: boolean }) {
  const { t } = useWording()
  const title = [way.condition, way.open ? t('canvas.way.open') : ''].filter((one) => one !== '').join('\n')
  return (
    <div className={`hf-rule-way${way.lit ? ' hf-rule-way-lit' : ''}`} title={title || undefined}>
      <span className="hf-rule-way-label">{way.label}</span>
      {way.condition === '' ? null : <span className="hf-rule-way-when">{way.condition}</span>}
      <Handle
        type="source"
        id={way.id}
        position={Position.Right}
        isConnectable={connectable}
        className={way.open ? 'hf-rule-handle-open' : ''}
      />
    </div>
  )
}

function FindingMark({ findings }: { readonly findings: readonly RuleFinding[] }) {
  const { t, pick } = useWording()
  if (findings.length === 0) return null
  const errors = findings.filter(({ level }) => level === 'error').length
  const tone = errors > 0 ? 'bad' : 'wait'
  const label = t('canvas.check.findings', { errors, warnings: findings.length - errors })
  return (
    <Tooltip
      title={findings
        .slice(0, 4)
        .map(({ words, code, part }) => <div key={`${code} ${part}`}>{pick(words)}</div>)}
    >
      <span className={`hf-rule-badge hf-tag-${tone}`} role="img" aria-label={label}>
        {findings.length}
      </span>
    </Tooltip>
  )
}

function ChangeMark({ change }: { readonly change: NodeChange | null }) {
  const { t } = useWording()
  if (change === null) return null
  const mark = <span className="hf-rule-change">{t(`canvas.diff.${change.change}` as TextKey)}</span>
  if (change.change !== 'changed') return mark
  return (
    <Tooltip
      styles={{ root: { maxWidth: 460 } }}
      title={change.fields.slice(0, 12).map(({ path, before, after }) => (
        <div key={path} className="hf-rule-change-field">
          <code>{path}</code>
          <div>− {before}</div>
          <div>+ {after}</div>
        </div>
      ))}
    >
      {mark}
    </Tooltip>
  )
}

export const StartNodeView = memo(function StartNodeView({ data, isConnectable }: NodeProps<StartFlowNode>) {
  const { t } = useWording()
  return (
    <div className={`hf-rule-start${data.light ? ` hf-rule-node-${data.light}` : ''}`}>
      {t('canvas.start')}
      <Handle type="source" id="next" position={Position.Right} isConnectable={isConnectable} />
    </div>
  )
})

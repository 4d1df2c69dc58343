import { CloseOutlined, EditOutlined } from '@ant-design/icons'
import { Button, Tabs } from 'antd'
import type { ReactNode } from 'react'
import type { RuleInputJson, RuleNode } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { FindingsList } from './findings-list.tsx'
import { nodeById } from './graph.ts'
import { NodePanel } from './node-panel.tsx'
import type { PanelProps } from './panel-parts.tsx'
import type { Trying } from './rule-editor.tsx'
import { TablesPanel } from './tables-panel.tsx'
import { TryPanel } from './try-panel.tsx'
import type { CheckState } from './use-rule-check.ts'

export type SideTab = 'node' | 'tables' | 'try' | 'findings'

type SideProps = Omit<PanelProps<RuleNode>, 'node' | 'onChange'> & {
  readonly tab: SideTab
  readonly onTab: (tab: SideTab | null) => void
  readonly chosen: readonly string[]
  readonly state: CheckState
  readonly trying: Trying
  readonly onGo: (node: string) => void
  readonly onNode: (node: RuleNode, key?: string) => void
  readonly onAddCase: ((name: string, input: RuleInputJson) => void) | undefined
}

/** Beside the canvas: the chosen node, the tables, what the check found, and trying. */
export function EditorSide(props: SideProps) {
  const { tab, onTab } = props
  const { t } = useWording()
  const parts: Readonly<Record<SideTab, () => ReactNode>> = {
    node: () => <ChosenNode {...props} />,
    tables: () => <TablesPanel {...props} />,
    try: () => (
      <TryPanel
        {...props}
        input={props.trying.input}
        onInput={props.trying.setInput}
        tried={props.trying.tried}
        onTried={props.trying.setTried}
      />
    ),
    findings: () => (
      <FindingsList
        {...props}
        onTry={(input) => {
          props.trying.setInput(input)
          onTab('try')
        }}
      />
    ),
  }
  return (
    <aside className="hf-rule-side" aria-label={t('canvas.panel')}>
      <Button
        className="hf-rule-side-close"
        type="text"
        icon={<CloseOutlined />}
        aria-label={t('canvas.close')}
        onClick={() => onTab(null)}
      />
      <Tabs
        activeKey={tab}
        onChange={(key) => onTab(key as SideTab)}
        items={(['node', 'tables', 'try', 'findings'] as const).map((key) => ({
          key,
          label: t(`canvas.tab.${key}`),
          children: key === tab ? <div className="hf-rule-side-body">{parts[key]()}</div> : null,
        }))}
      />
    </aside>
  )
}

function ChosenNode(props: SideProps) {
  const { chosen, model, findings } = props
  const { t } = useWording()
  if (chosen.length > 1) return <p className="hf-faint">{t('canvas.manyChosen', { n: chosen.length })}</p>
  const node = nodeById(model, chosen[0] ?? null)
  if (!node)
    return (
      <TeachingEmpty
        icon={<EditOutlined />}
        title={t('canvas.noneChosen')}
        hint={t('canvas.noneChosenHint')}
      />
    )
  const own = findings.filter((one) => one.node === node.id)
  return <NodePanel key={node.id} {...props} node={node} findings={own} onChange={props.onNode} />
}

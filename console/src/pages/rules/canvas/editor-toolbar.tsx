import {
  ApartmentOutlined,
  CopyOutlined,
  DeleteOutlined,
  ExpandOutlined,
  KeyOutlined,
  LinkOutlined,
  RedoOutlined,
  SnippetsOutlined,
  UndoOutlined,
  ZoomInOutlined,
  ZoomOutOutlined,
} from '@ant-design/icons'
import { Button, Select, Switch, Tooltip } from 'antd'
import { type ReactNode, useMemo } from 'react'
import type { RuleFinding, RuleModel } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { SideTab } from './editor-side.tsx'
import { nameOf } from './panel-parts.tsx'
import type { CanvasClipboard } from './use-clipboard.ts'
import type { CheckState } from './use-rule-check.ts'
import type { View } from './use-view.ts'
import { expressionsOf } from './values.ts'

export function EditorToolbar(props: {
  readonly model: RuleModel
  readonly readOnly: boolean
  readonly chosen: readonly string[]
  readonly undo: () => void
  readonly redo: () => void
  readonly canUndo: boolean
  readonly canRedo: boolean
  readonly remove: () => void
  readonly connect: () => void
  readonly tidy: () => void
  readonly view: View
  readonly clipboard: CanvasClipboard
  readonly minimap: boolean
  readonly onMinimap: () => void
  readonly findings: readonly RuleFinding[]
  readonly state: CheckState
  readonly tab: SideTab | null
  readonly onTab: (tab: SideTab | null) => void
  readonly onGo: (node: string) => void
  readonly extra: ReactNode
}) {
  const { model, readOnly, chosen, view, clipboard, onTab } = props
  const { t } = useWording()
  const none = chosen.length === 0
  return (
    <div className="hf-rule-toolbar" role="toolbar" aria-label={t('canvas.tools')}>
      {readOnly ? null : (
        <>
          <Tool
            icon={<UndoOutlined />}
            label={t('canvas.tool.undo')}
            off={!props.canUndo}
            onClick={props.undo}
          />
          <Tool
            icon={<RedoOutlined />}
            label={t('canvas.tool.redo')}
            off={!props.canRedo}
            onClick={props.redo}
          />
        </>
      )}
      <Tool icon={<CopyOutlined />} label={t('canvas.tool.copy')} off={none} onClick={clipboard.copy} />
      {readOnly ? null : (
        <>
          <Tool icon={<SnippetsOutlined />} label={t('canvas.tool.paste')} onClick={clipboard.paste} />
          <Tool icon={<DeleteOutlined />} label={t('canvas.tool.delete')} onClick={props.remove} />
          <Tool
            icon={<LinkOutlined />}
            label={t('canvas.tool.connect')}
            off={chosen.length !== 1}
            onClick={props.connect}
          />
          <Tool icon={<ApartmentOutlined />} label={t('canvas.tool.tidy')} onClick={props.tidy} />
        </>
      )}
      <Tool icon={<ZoomOutOutlined />} label={t('canvas.tool.zoomOut')} onClick={view.zoomOut} />
      <Tool icon={<ZoomInOutlined />} label={t('canvas.tool.zoomIn')} onClick={view.zoomIn} />
      <Tool icon={<ExpandOutlined />} label={t('canvas.tool.fit')} onClick={view.fit} />
      <Tooltip title={t('canvas.tool.minimap')}>
        <Switch
          size="small"
          aria-label={t('canvas.tool.minimap')}
          checked={props.minimap}
          onChange={props.onMinimap}
        />
      </Tooltip>
      <Tool
        icon={<KeyOutlined />}
        label={t('canvas.tool.keys')}
        onClick={() => window.dispatchEvent(new Event('holdfast:help'))}
      />
      <NodeSearch model={model} onGo={props.onGo} />
      <span className="hf-faint">{t('canvas.count', { nodes: model.nodes.length })}</span>
      <span className="hf-rule-toolbar-gap" />
      <CheckBrief {...props} />
      <Button
        type={props.tab === 'try' ? 'primary' : 'default'}
        onClick={() => onTab(props.tab === 'try' ? null : 'try')}
      >
        {t('canvas.tab.try')}
      </Button>
      {props.extra}
    </div>
  )
}

function Tool({
  icon,
  label,
  off = false,
  onClick,
}: {
  readonly icon: ReactNode
  readonly label: string
  readonly off?: boolean
  readonly onClick: () => void
}) {
  return (
    <Tooltip title={label}>
      <Button type="text" icon={icon} aria-label={label} disabled={off} onClick={onClick} />
    </Tooltip>
  )
}

function NodeSearch({ model, onGo }: { readonly model: RuleModel; readonly onGo: (node: string) => void }) {
  const { t } = useWording()
  const options = useMemo(
    () =>
      model.nodes.map((node) => ({
        value: node.id,
        label: nameOf(node, t),
        words:
          `${node.label} ${node.id} ${node.note ?? ''} ${expressionsOf(node).slice(0, 40).join(' ')}`.toLowerCase(),
      })),
    [model.nodes, t],
  )
  return (
    <Select
      className="hf-rule-search"
      aria-label={t('canvas.tool.search')}
      placeholder={t('canvas.tool.search')}
      style={{ width: 220 }}
      popupMatchSelectWidth={320}
      showSearch={{ filterOption: (text, option) => option?.words.includes(text.toLowerCase()) ?? false }}
      value={null}
      options={options}
      onChange={(id: string | null) => id !== null && onGo(id)}
    />
  )
}

/** How the check stands, always in sight; opens the list. */
function CheckBrief({
  findings,
  state,
  tab,
  onTab,
}: {
  readonly findings: readonly RuleFinding[]
  readonly state: CheckState
  readonly tab: SideTab | null
  readonly onTab: (tab: SideTab | null) => void
}) {
  const { t } = useWording()
  const errors = findings.filter(({ level }) => level === 'error').length
  const words = state.error
    ? t('canvas.check.failed')
    : findings.length > 0
      ? t('canvas.check.findings', { errors, warnings: findings.length - errors })
      : state.running || state.check === null
        ? t('canvas.check.running')
        : t('canvas.check.clean')
  return (
    <Button
      danger={errors > 0 || state.error !== null}
      aria-pressed={tab === 'findings'}
      onClick={() => onTab(tab === 'findings' ? null : 'findings')}
    >
      {words}
    </Button>
  )
}

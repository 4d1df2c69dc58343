import { Tooltip } from 'antd'
import type { RuleKindWords, RuleNodeType } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { DRAG_TYPE } from './rule-canvas.tsx'
import { nodeIcon } from './rule-node.tsx'

const TYPES: readonly RuleNodeType[] = ['branch', 'table', 'lookup', 'set', 'action', 'result']

/** Nodes to drag onto the canvas, or to put there with a click or Enter. */
export function Palette({
  kind,
  onAdd,
}: {
  readonly kind: RuleKindWords
  readonly onAdd: (type: RuleNodeType) => void
}) {
  const { t } = useWording()
  const types = TYPES.filter((type) => type !== 'action' || kind.actions.length > 0)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a box of things to drag, no part of a form
    <div className="hf-rule-palette" role="group" aria-label={t('canvas.palette')}>
      {types.map((type) => (
        <Tooltip key={type} placement="right" title={t(`canvas.hint.${type}`)}>
          <button
            type="button"
            draggable
            aria-label={t('canvas.add', { type: t(`canvas.type.${type}`) })}
            onDragStart={(event) => {
              event.dataTransfer.setData(DRAG_TYPE, type)
              event.dataTransfer.effectAllowed = 'copy'
            }}
            onClick={() => onAdd(type)}
          >
            <span aria-hidden="true">{nodeIcon(type)}</span>
            <span>{t(`canvas.type.${type}`)}</span>
          </button>
        </Tooltip>
      ))}
      <p>{t('canvas.paletteHint')}</p>
    </div>
  )
}

import { Skeleton } from 'antd'
import { lazy, Suspense } from 'react'
import type { RuleInputJson, RuleModel, RulePathStep } from '#/api/rule-model-types.ts'
import type { RuleKind } from '#/api/rule-types.ts'

// The canvas, its forms and its editor of conditions come only where somebody looks at a model.
const Editor = lazy(() => import('./canvas/rule-editor.tsx').then((part) => ({ default: part.RuleEditor })))
const Canvas = lazy(() => import('./canvas/rule-canvas.tsx').then((part) => ({ default: part.RuleCanvas })))

const waiting = <Skeleton active paragraph={{ rows: 10 }} />

export function ModelEditor(props: {
  readonly kind: RuleKind
  readonly model: RuleModel
  readonly onChange: (model: RuleModel) => void
  readonly readOnly: boolean
  readonly onAddCase: (name: string, input: RuleInputJson) => void
}) {
  return (
    <Suspense fallback={waiting}>
      <Editor {...props} />
    </Suspense>
  )
}

/** A model that is only looked at: with a path lit, or against another version. */
export function ModelView({
  kind,
  model,
  litPath = null,
  base,
}: {
  readonly kind: RuleKind
  readonly model: RuleModel
  readonly litPath?: readonly RulePathStep[] | null
  readonly base?: RuleModel | undefined
}) {
  return (
    <Suspense fallback={waiting}>
      <Canvas
        kind={kind}
        model={model}
        readOnly
        {...(litPath ? { litPath } : {})}
        {...(base ? { diff: { base } } : {})}
      />
    </Suspense>
  )
}

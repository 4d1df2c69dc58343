import { useMemo } from 'react'
import type { RuleFinding, RuleKindWords, RuleModel, RulePathStep } from '#/api/rule-model-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import type { Looks } from './flow-elements.ts'
import { diffNodes } from './model-diff.ts'
import { lightsOf } from './path-lights.ts'
import { type Speaker, speakerOf } from './summary.ts'

const NONE: readonly RuleFinding[] = []

/** A model's nodes in the reader's words. */
export function useSpeaker(kind: RuleKindWords, model: RuleModel): Speaker {
  const { t, pick } = useWording()
  return useMemo(
    () => speakerOf(kind, model, { pick, t: (key, values) => t(key as TextKey, values) }),
    [kind, model, pick, t],
  )
}

export function useLooks(ask: {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly readOnly: boolean
  readonly litPath: readonly RulePathStep[] | null | undefined
  readonly base: RuleModel | null
  readonly findings: readonly RuleFinding[] | undefined
}): Looks {
  const { kind, model, readOnly, litPath, base } = ask
  const all = ask.findings ?? NONE
  const { t } = useWording()
  const speaker = useSpeaker(kind, model)
  const lights = useMemo(() => (litPath ? lightsOf(model, litPath) : null), [model, litPath])
  const changes = useMemo(() => (base ? diffNodes(base, model) : null), [base, model])
  const findings = useMemo(() => {
    const byNode = new Map<string, RuleFinding[]>()
    for (const one of all) {
      if (one.node === null) continue
      const list = byNode.get(one.node)
      if (list) list.push(one)
      else byNode.set(one.node, [one])
    }
    return byNode
  }, [all])
  return useMemo(
    () => ({
      speaker,
      lights,
      changes,
      findings,
      readOnly,
      startName: t('canvas.start'),
      nodeName: (node) => `${t(`canvas.type.${node.type}`)}: ${node.label || node.id}`,
      wayWords: {
        otherwise: t('canvas.way.otherwise'),
        missing: t('canvas.way.missing'),
        next: t('canvas.way.next'),
        table: t('canvas.way.hit'),
        lookup: t('canvas.way.found'),
      },
    }),
    [speaker, lights, changes, findings, readOnly, t],
  )
}

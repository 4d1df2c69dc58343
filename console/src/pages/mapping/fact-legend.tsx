import { Drawer } from 'antd'
import { useWording } from '#/i18n/language.tsx'
import { FACT_GROUPS } from '#/lib/facts.ts'
import { FactTag } from '#/parts/fact-tag.tsx'

/** What each fact means, in a sentence. */
export function FactLegend({ onClose }: { readonly onClose: () => void }) {
  const { t, word } = useWording()
  return (
    <Drawer open onClose={onClose} size={460} className="hf-drawer" title={t('mapping.legend')}>
      <div className="hf-order">
        <div className="hf-explain">
          <h2>{t('mapping.legendShort')}</h2>
          <p>{t('mapping.legendHint')}</p>
        </div>
        {FACT_GROUPS.map(([group, facts]) => (
          <section key={group} aria-label={t(`mapping.group.${group}`)}>
            <h3 className="hf-small-head">{t(`mapping.group.${group}`)}</h3>
            <dl className="hf-legend">
              {[...facts, ...(group === 'after' ? ['none'] : [])].map((fact) => (
                <div key={fact}>
                  <dt>
                    <FactTag fact={fact} />
                  </dt>
                  <dd>{word('factHint', fact)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Drawer>
  )
}

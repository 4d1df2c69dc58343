import { Link } from '@tanstack/react-router'
import { useWording } from '#/i18n/language.tsx'
import '#/styles/intake.css'
import { Section } from './small.tsx'

type Subject = { readonly by: 'order' | 'reference' | 'parcel'; readonly no: string }

/** Whom a message speaks of, each a way to its orders. */
export function MessageSubjects({ subjects }: { readonly subjects: readonly string[] }) {
  const { t } = useWording()
  const known = subjects.map(parseSubject).filter((one) => one !== null)
  if (known.length === 0) return null
  return (
    <Section
      title={t('message.subjects')}
      extra={
        <Link to="/orders" search={{ q: [...new Set(known.map(({ no }) => no))].join(' ') }} preload={false}>
          {t('message.subjects.open')}
        </Link>
      }
    >
      <ul className="hf-subjects">
        {known.map(({ by, no }) => (
          <li key={`${by}${no}`}>
            <span className="hf-faint">{t(`message.subject.${by}`)}</span>{' '}
            <Link to="/orders" search={{ q: no }} preload={false} className="hf-num">
              {no}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** `order:<connection>:<number>`, `reference:<number>` or `parcel:<number>`; numbers may hold colons. */
function parseSubject(key: string): Subject | null {
  const [by, ...rest] = key.split(':')
  if (by === 'order') return { by, no: rest.slice(1).join(':') }
  return by === 'reference' || by === 'parcel' ? { by, no: rest.join(':') } : null
}

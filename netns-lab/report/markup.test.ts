import test from 'ava'
import { escapeText, Markup, markup } from './markup.ts'

test('whatever is inserted is escaped, in content and in attributes', (t) => {
  const hostile = `"><script>alert('x')</script>&`
  t.is(
    markup`<p title="${hostile}">${hostile}</p>`.toString(),
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</p>',
  )
})

test('markup, lists of it, numbers and nothing stand as they are', (t) => {
  const items = ['a', '<'].map((item) => markup`<li>${item}</li>`)
  t.is(
    markup`<ul>${items}</ul>${undefined}${4.5}${new Markup('<hr>')}`.toString(),
    '<ul><li>a</li><li>&lt;</li></ul>4.5<hr>',
  )
})

test('terminal colours and control characters are dropped, tabs and line ends stay', (t) => {
  t.is(escapeText('\u001b[31mred\u001b[0m\u0000\u0007\tnext\nline'), 'red\tnext\nline')
})

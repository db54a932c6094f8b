#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Resource for Song {
        type Key = Id<Song>;
        const ACCESS: __sockful::Access = __sockful::Access::Public;
        const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts {
            name: "song",
            table: "song",
            docs: "",
            policy: ::core::option::Option::None,
            validate: ::core::option::Option::None,
            hooks: ::core::option::Option::None,
            key: |record| &record.id,
            fields: &[
                __sockful::FieldFacts::new("id").id(),
                __sockful::FieldFacts::new("album_id")
                    .parent::<Album, Id<Album>>("album", "song", "songs"),
                __sockful::FieldFacts::new("label_id")
                    .parent::<music::Label, Id<music::Label>>("label", "hit", "hits")
                    .on_destroy(__sockful::OnDestroy::Restrict),
                __sockful::FieldFacts::new("original_id")
                    .parent::<Self, Option<Id<Self>>>("original", "song", "versions")
                    .on_destroy(__sockful::OnDestroy::Cascade),
                __sockful::FieldFacts::new("type")
                    .parent::<Kind, Option<String>>("kind", "example", "examples")
                    .on_destroy(__sockful::OnDestroy::Detach),
            ],
            actions: &[],
        };
    }
    __sockful::relate!(
        pub Song.album_id : Id < Album > => Album { album, songs, create_song }
    );
    __sockful::relate!(
        pub Song.label_id : Id < music::Label > => music::Label { label, hits, create_hit
        }
    );
    __sockful::relate!(
        pub Song.original_id : Option < Id < Self > > => Song { original, versions,
        create_song }
    );
    __sockful::relate!(
        pub Song.r#type : Option < String > => Kind { kind, examples, create_example }
    );
    const _: () = __sockful::assert_record::<Song>();
};

//! Parents and children as methods and hooks reach them.

use super::*;

#[tokio::test]
async fn a_record_finds_its_children_and_its_parent() {
    let app = music().await;
    ill(&app.anonymous()).await;
    let cx = app.app().system();
    let album = cx.get::<Album>(&"Ill".to_owned()).await.unwrap();
    let songs = album.songs(&cx).await.unwrap();
    let titles: Vec<_> = songs.iter().map(|song| song.title.as_str()).collect();
    assert_eq!(titles, ["Sure Shot", "Root Down"]);
    assert_eq!(
        songs[0].album(&cx).await.unwrap().title,
        "Ill Communication"
    );
    let notes = songs[0].notes(&cx).await.unwrap();
    assert_eq!(notes[0].song(&cx).await.unwrap().title, "Sure Shot");
    assert!(notes[0].critic(&cx).await.unwrap().is_none());
    assert!(songs[1].notes(&cx).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_record_gets_children() {
    let app = music().await;
    made(
        &app.anonymous(),
        "album",
        json!({ "id": "Ill", "title": "" }),
    )
    .await;
    let cx = app.app().system();
    let album = cx.get::<Album>(&"Ill".to_owned()).await.unwrap();
    let new = Song {
        id: Id::new(),
        album_id: "whatever".to_owned(),
        title: "Root Down".to_owned(),
        track: 2,
    };
    assert_eq!(album.create_song(&cx, new).await.unwrap().album_id, "Ill");
    let gone = cx.destroy::<Album>(&"Ill".to_owned()).await.unwrap();
    let new = Song {
        id: Id::new(),
        album_id: String::new(),
        title: String::new(),
        track: 0,
    };
    let error = gone.create_song(&cx, new).await.unwrap_err();
    assert_eq!(error.reason_text(), "no_parent");
}

#[tokio::test]
async fn a_child_moves() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    made(&client, "album", json!({ "id": "Paul", "title": "" })).await;
    let cx = app.app().system();
    let id: Id<Song> = song(1).parse().unwrap();
    cx.update(&id, |song: &mut Song| "Paul".clone_into(&mut song.album_id))
        .await
        .unwrap();
    assert_eq!(
        cx.get::<Song>(&id)
            .await
            .unwrap()
            .album(&cx)
            .await
            .unwrap()
            .id,
        "Paul"
    );
    let error = cx
        .update(&id, |song: &mut Song| {
            "Hello".clone_into(&mut song.album_id);
        })
        .await
        .unwrap_err();
    assert_eq!(error.reason_text(), "no_parent");
}
